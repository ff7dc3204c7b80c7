"""What tests of every kind run the service with.

`service.py` drives it by blocking calls, `rig.py` within the loop of an async test; both put the
same application over the same imitation of the platforms. The other files hold one idea each: the
clock that both follow, where they listen, the databases, child processes, a receiver of webhooks.
"""
