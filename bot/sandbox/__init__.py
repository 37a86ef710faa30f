"""A pretend DingTalk on loopback with a chat page: the demo's other side, and the fake in the tests."""

from bot.sandbox.clock import PretendClock
from bot.sandbox.gateway import NoBotConnected
from bot.sandbox.server import PortUnavailable, Sandbox, run_sandbox
from bot.sandbox.world import World

__all__ = ["NoBotConnected", "PortUnavailable", "PretendClock", "Sandbox", "World", "run_sandbox"]
