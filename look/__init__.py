"""How the site looks: the page of all components, and the source of its drawings."""
