"""What the product is measured with: databases built by the hundred thousand rows, real processes, bare floors."""
