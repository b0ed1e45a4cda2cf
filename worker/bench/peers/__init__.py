"""Other schedulers under the same burst: each in a file of its own, started as a program, with the same job body."""
