"""Words: how a text is folded and cut, and the tables that say what each piece means."""
