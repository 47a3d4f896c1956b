"""Pure declarations and values: ids, fields, entities, changesets, slice terms, errors, access."""
