"""From findings to a disposition, and to whether anything is said at all."""
