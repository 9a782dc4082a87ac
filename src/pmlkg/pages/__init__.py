"""Pages for people: a card, a claim, an answer as HTML. Made once, whoever shows them; nothing here knows of HTTP."""
