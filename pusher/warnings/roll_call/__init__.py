"""Roll-call (叫应): whoever is responsible is called until they answer, by a ladder of channels and people."""
