"""What the console's pages show, within what their viewer may see."""
