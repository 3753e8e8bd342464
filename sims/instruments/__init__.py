"""Instruments for looking into a trained network, each usable on plain arrays and each checked against known truth.

| question | module |
|---|---|
| how singular is the loss around these weights? | `llc` |
| how concentrated is a spectrum, and which frequencies carry the logits? | `spectra`, `progress` |
| is an embedding a ring, does it add, has it a loop, how many dimensions? | `geometry`, `persistence` |
| which parts cause the answer? | `mediation` |
| how short a program prints these weights? | `bdm`, on tables of `turing` |
"""
