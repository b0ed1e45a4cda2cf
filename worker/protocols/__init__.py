"""What platforms speak, below the channels: each file knows one protocol, and no post, person or database."""
