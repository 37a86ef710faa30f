"""From a text to actions: the gate, the router and the slots."""
