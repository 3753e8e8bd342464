"""Learning attention through queries (arXiv 2601.16873): a counting oracle over a hidden model, and algorithms that
recover the model from the oracle's answers alone.

| letter | meaning |
|---|---|
| X [tokens, d] | an input sequence; its last row is the query token |
| W [d, d], v [d] | W = K^T Q with the scale absorbed, v = V^T w_o: f(X) = sum_i softmax(X W x_last)_i (x_i . v) |
| V [p, d] | a head's values with all its p outputs: f(X) = sum_i softmax(X W x_last)_i V x_i |
| A [m, d], o [m] | ReLU network: F(x) = sum_k o_k relu(A_k . x) |
| U [d, d], B [d, d] | probe directions, one a row: the sequence [u + b ; b] measures u . W b |
| r, H, tau | rank of W, number of heads, tolerance of a noisy oracle |
"""
