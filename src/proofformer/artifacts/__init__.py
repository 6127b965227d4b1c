"""Models on disk, in our own folder and in the formats of other runtimes."""

from proofformer.artifacts.artifact import ABOUT, Format, about_of, as_json
from proofformer.artifacts.formats import format_named, formats, load, no_export, read
from proofformer.artifacts.model_folder import FOLDER
from proofformer.artifacts.parts import members

__all__ = [
    "ABOUT",
    "FOLDER",
    "Format",
    "about_of",
    "as_json",
    "format_named",
    "formats",
    "load",
    "members",
    "no_export",
    "read",
]
