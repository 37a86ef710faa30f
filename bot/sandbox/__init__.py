"""A pretend DingTalk on loopback with a chat page: the demo's other side, and the fake in the
tests.
"""
