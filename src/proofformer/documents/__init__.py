"""Real text as instances: files to documents, documents to a bag of words.

The package makes 0/1 rows and knows nothing of compilers or Transformers; scikit-learn and regex are imported only
where words are counted.
"""

from proofformer.documents.bag import Bag, Words, bag_of_words, words_of
from proofformer.documents.collect import Collection, Document, collect

__all__ = ["Bag", "Collection", "Document", "Words", "bag_of_words", "collect", "words_of"]
