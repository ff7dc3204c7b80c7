"""What the probe and its child say to each other over the child's pipes."""

import struct

TASK = struct.Struct(">Q?")
"""To the child: the size of the file, and whether plain text is accepted."""
REQUEST = struct.Struct(">QQ")
"""From the child: offset and length of the range that it needs, or VERDICT and its length."""
VERDICT = 2**64 - 1
MAX_VERDICT = 64 * 1024
MAX_MEMORY = 1024 * 1024 * 1024
