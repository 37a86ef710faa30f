"""Replies: a view turns a domain value into words."""
