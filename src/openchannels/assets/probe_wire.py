"""What the probe and its child say to each other over the child's pipes."""

import struct

TASK = struct.Struct(">Q?")
"""To the child: the size of the file, and whether plain text is accepted."""
REQUEST = struct.Struct(">QQ")
"""From the child: offset and length of the range that it needs, or VERDICT and its length."""
VERDICT = 2**64 - 1
MAX_VERDICT = 64 * 1024
MAX_MEMORY = 1024 * 1024 * 1024
IMAGE_TASK = struct.Struct(">Q8sQII?")
"""To the child that adapts images: the size of the file, the format that it is to have, the most
bytes of it, the most pixels of each side, 0 for any, and whether it has exactly those.
"""
MAX_IMAGE = 32 * 1024 * 1024
