"""Models on disk, in our own folder and in the formats of other runtimes."""

from proofformer.artifacts.artifact import Format, about_of
from proofformer.artifacts.formats import format_named, formats, read
from proofformer.artifacts.model_folder import FOLDER, load

__all__ = ["FOLDER", "Format", "about_of", "format_named", "formats", "load", "read"]
