"""Plays Stripe for practice payments: no real money moves. A stranger: it imports nothing of the site's."""
