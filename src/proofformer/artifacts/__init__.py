"""Models on disk, in our own folder and in the formats of other runtimes."""

from proofformer.artifacts.artifact import ABOUT, Format, about_of, as_json
from proofformer.artifacts.formats import format_named, formats, read
from proofformer.artifacts.model_folder import FOLDER, load
from proofformer.artifacts.parts import members

__all__ = ["ABOUT", "FOLDER", "Format", "about_of", "as_json", "format_named", "formats", "load", "members", "read"]
