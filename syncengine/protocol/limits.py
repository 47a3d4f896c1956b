"""Every bound of the protocol, in one place. docs/PROTOCOL.md lists them; a test compares."""

PROTOCOL_VERSION = 2
SPOKEN = (1, PROTOCOL_VERSION)  # by servers: the version before, too (version1.py)

MAX_REQUEST_BYTES = 8 * 2**20  # a request body as sent
MAX_FRAME_BYTES = 8 * 2**20  # one frame, decompressed
MAX_REQUEST_INFLATED = 24 * 2**20  # all frames of one request, decompressed
MAX_WINDOW_LOG = 23  # zstd window: 8 MiB

MAX_HELLO_BYTES = 1 * 2**20  # decompressed; what it lists takes 30 times as much in memory
MAX_PUSHES = 1_000  # in one request
MAX_CHANGESETS_PER_PUSH = 1_000  # in one request
MAX_OPERATIONS = 2_000  # in one changeset of a device
MAX_OFFICE_OPERATIONS = 100_000  # in one changeset of the office, an import or a job
MAX_CHANGESET_BYTES = 1 * 2**20
MAX_NEEDS = 64
MAX_WAITING = 2**31 - 1  # changesets that a store says are waiting on it
MAX_HAND_IN_BYTES = 64 * 2**20  # a file of an outbox

MAX_RANGE_BITS = 12  # of a Repair: 4,096 ranges of a bucket
MAX_RANGE_SUMS = 16_384  # in all Repairs of a Hello

FIRST_CHUNK_ROWS = (
    1_000  # so that the device has something to do soon; each next one is twice as large
)
CHUNK_ROWS = 4_000
CHUNK_BYTES = 2 * 2**20
CATCH_UP_CHUNK_ROWS = 20_000  # once every bucket was read to its end, the rest is taken at once
COMPRESS_FROM_BYTES = 512

MAX_PIECE_BYTES = 1 * 2**20  # of an upload, in one request
MIN_PIECE_BYTES = 64 * 2**10  # but for the last one
MAX_OPEN_UPLOADS = 32  # of one seat
