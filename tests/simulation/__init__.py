"""The deterministic simulator: the real engine and real SDK stores, one thread, one seed."""
