"""The paper: what it offers, declared without loading it."""

from corollary.paper import Paper

PAPER = Paper(
    "circuit-fingerprints",
    title="Circuit fingerprints: how answer tokens encode their geometrical path",
    arxiv="2602.09784",
    terms={
        "fingerprint": "difference of the final streams of two answers, each run alone",
        "score": "of a component: what it writes along the fingerprint, clean less corrupted prompt",
        "importance": "its score, and what goes through the components that read it",
        "CPR": "area under f, what the best edges of a ranking recover of the whole",
        "CMD": "area under |1 - f|",
        "EAP": "edge scores by the metric's gradient at the clean run; EAP-IG: along the way to it",
    },
    quantities={
        "queries-share": "Shapley value of a head's queries from its coalitions' values",
        "keys-share": "of its keys",
        "values-share": "of its values",
        "published-edge-sum": "what published edge scores into a head of score S add up to",
        "direction-cosine": "cosine of an answer's own value direction and what its head passes on",
        "induction-cosine": "cosine of fingerprint and unembedding in compiled induction",
        "induction-cosine-behind-bos": "the same with BOS before the answer",
        "induction-score": "score of an induction head",
        "induction-link": "score of its edge from a previous-token head, keys corrupted",
        "induction-recall": "share of the edges that carry a change of keys which the read finds",
        "replacement-step": "length of a replacement step between prototypes of one norm",
        "magnitude-step": "of a magnitude step",
        "simplex-replacement-step": "of a replacement step in a regular simplex",
        "simplex-magnitude-step": "of a magnitude step in one",
        "lost-copy": "probability lost with one of R redundant heads",
        "recovered-area": "CPR of a curve",
        "missed-area": "CMD of a curve",
    },
    derivations={
        "adjoint": "scores in a head's own space are those in the stream",
        "shapley-values": "the weights of the coalitions, and the sum of the shares",
        "edge-sum": "what edge scores add up to",
        "direction-cosine": "the direction that is read against the exact one",
        "induction-score": "the fingerprint of compiled induction",
        "induction-recall": "what the read finds of it",
        "lost-copy": "what is lost with one of several copies",
        "step-length": "lengths of the published steps",
        "area-bound": "CMD against CPR",
    },
    figures={
        "induction": "which edges of compiled induction each method finds, and what it costs",
        "direction": "cosine of the direction that is read and the exact one, against the head's copying",
        "trained": "trained decoders: what rankings recover, and steering by four directions",
    },
    runs={"indirect-objects": "corollary.sims.circuit_fingerprints.trained:RUN"},
    applications={"checkpoint": "corollary.sims.circuit_fingerprints.checkpoint:APPLICATION"},
    finding="Read where heads attend, fingerprints rank edges well below the cost of gradients; but the answer hardly "
    "matters: other prompts' answers rank them nearly as well, and the unembedding's direction steers better.",
    picture="trained",
)
