"""Tests of messages, frames and changesets."""
