"""Patches: an image is found by its best square, too.

Every image has the vector of the whole picture; beside it lie the vectors of a fixed number of
squares cut out of it, found by the digest of the image's content. An image's score is the best of
them all. Patches are no items: they are not counted, labelled, ranked or exported.
"""
