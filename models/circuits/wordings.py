"""The words of prompts that are made: names, places and things for indirect objects, identifiers for docstrings."""

NAMES = (
    "Alice", "Anna", "Arthur", "Ben", "Carl", "Charles", "Clara", "Daniel", "David", "Edward", "Emma", "Eric",
    "Frank", "George", "Grace", "Henry", "Jack", "James", "Jane", "John", "Julia", "Kate", "Laura", "Lisa",
    "Lucy", "Mark", "Martin", "Mary", "Michael", "Nick", "Oliver", "Paul", "Peter", "Rachel", "Robert", "Rose",
    "Sam", "Sarah", "Simon", "Thomas", "Tom", "William",
)  # fmt: skip
PLACES = ("market", "museum", "station", "library", "garden", "beach", "school", "hotel")
THINGS = ("book", "letter", "key", "ticket", "ring", "lamp", "map", "coin")

SENTENCES = (
    "When {one} and {two} met at the {place}, {giver} handed the {thing} to",
    "After {one} and {two} had left the {place}, {giver} gave a {thing} to",
    "While {one} and {two} were waiting outside the {place}, {giver} passed the {thing} to",
    "Because {one} and {two} both worked in the {place}, {giver} lent a {thing} to",
    "On the way to the {place} {one} talked with {two}, and {giver} offered the {thing} to",
)
"""Each names two people, of whom one comes again and gives; the other one receives."""

IDENTIFIERS = (
    "size", "name", "file", "path", "node", "line", "user", "page", "date", "code", "mode", "model", "key", "value",
    "index", "table", "group", "order", "state", "image", "start", "end", "color", "width", "height", "count", "label",
    "field", "event", "test", "port", "host", "text", "word", "type", "time", "list", "data",
)  # fmt: skip
DOCSTRING = '''def {function}(self, {a}, {b}, {c}, {d}):
    """{x} {y}

    :param {b}: {u} {v}
    :param {c}: {w} {z}
    :param'''
"""The next word is the argument that follows the two described ones; the first argument is the wrong one."""
