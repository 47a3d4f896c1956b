"""What a trip was paid by, as a document: read, told in a language, set, and kept with the trip."""
