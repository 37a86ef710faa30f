"""Everything that talks to DingTalk: the Stream gateway, the OpenAPI, the robot, the clock-in
targets.
"""
