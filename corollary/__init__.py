"""Corollary: interpretability theory that you can run. Closed forms are derived, simulated, and put on trial.

Names are loaded when first used, so that importing the package costs next to nothing. `__init__.pyi` beside this file
says what they are, to type checkers and editors as to the loader.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
