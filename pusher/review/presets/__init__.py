"""The taxonomies that are shipped: `domains` (rules of the seven domains) and one for each plan, built upon it."""
