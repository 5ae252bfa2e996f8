"""Plays Stripe for practice payments: no real money moves. A stranger here: it imports nothing of the site's."""
