"""Sound on its way to text: uploads, recordings, links that play them, and which engine listens."""
