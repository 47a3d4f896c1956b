"""The office's portal: pages that show and ask. What is written goes through the engine."""
