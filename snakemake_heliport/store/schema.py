"""The tables, for every database that SQLAlchemy knows.

An IRI is stored once and met by its integer id. A relation belongs to the run that stated it, so a run can be replaced
without touching what others said; an object is shared by all runs that mention it. An object whose kind is NULL is a
stub: something points at it, and nobody has described it.

What servers were sent, and what they gave back, is kept by IRI: it outlives the objects, which are made anew whenever
a journal is assembled again.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Sequence,
    Table,
    Text,
    event,
    func,
    literal_column,
)

# Byte order, in every database: exports must not depend on the server's locale.
ExactText = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite makes a rowid alias of INTEGER only.
Id = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

# Where several may write at once, ids come from here; SQLite has one writer, and no sequences.
object_ids = Sequence("object_id", metadata=metadata)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

object_ = Table(
    "object",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("iri", ExactText, nullable=False, unique=True),
    Column("kind", ExactText),
    Column("label", Text),
    Column("description", Text),
    Column("visibility", Text),
    Column("attributes", Text),
    Column("identifiers", Text),
    # Copies of two attributes, for counting by state and finding by path.
    Column("status", Text),
    Column("path", Text),
)
Index("object_kind", object_.c.kind)
# How much of a label is looked up: a whole one may be too long for an index of PostgreSQL.
INDEXED_LABEL = 100
label_start = func.substr(object_.c.label, literal_column("1"), literal_column(str(INDEXED_LABEL)))
Index("object_label", label_start)


@event.listens_for(object_, "after_create")
def _index_paths(_table: Table, connection: Connection, **_options: object) -> None:
    # Asked for by the options of `Index`, it would load the dialects of both databases, one of them in vain.
    connection.exec_driver_sql("CREATE INDEX object_path ON object (path) WHERE path IS NOT NULL")


run = Table(
    "run",
    metadata,
    Column("id", Id, ForeignKey("object.id"), primary_key=True, autoincrement=False),
    Column("started", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("journal", Text, nullable=False),
    Column("journal_size", BigInteger, nullable=False),
    Column("assembly_version", Integer, nullable=False),
)

mention = Table(
    "mention",
    metadata,
    Column("run", Id, primary_key=True),
    Column("object", Id, primary_key=True),
    sqlite_with_rowid=False,
)
Index("mention_object", mention.c.object)

relation = Table(
    "relation",
    metadata,
    Column("subject", Id, primary_key=True),
    Column("predicate", ExactText, primary_key=True),
    Column("object", Id, primary_key=True),
    Column("run", Id, primary_key=True),
    Column("attributes", Text),
    sqlite_with_rowid=False,
)
Index("relation_object", relation.c.object, relation.c.predicate)

# Persistent identifiers that a server assigned; those that objects bring along are in their own column.
identifier = Table(
    "identifier",
    metadata,
    Column("iri", ExactText, primary_key=True),
    Column("identifier", ExactText, primary_key=True),
    Column("target", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Servers that this store was sent to, with what was learned of them.
target = Table(
    "target",
    metadata,
    Column("name", ExactText, primary_key=True),
    Column("address", Text),
    Column("facts", Text),
)

# What each of them was sent; the key is an IRI, or subject, predicate and object with U+001F between them.
sent = Table(
    "sent",
    metadata,
    Column("target", ExactText, primary_key=True),
    Column("kind", ExactText, primary_key=True),
    Column("key", ExactText, primary_key=True),
    Column("server_id", Text),
    Column("url", Text),
    Column("payload", Text),
    Column("state", Text, nullable=False),
    Column("at", Double, nullable=False),
    sqlite_with_rowid=False,
)

# Runs that wait to be sent. Times are seconds since 1970, here and below.
outbox = Table(
    "outbox",
    metadata,
    Column("target", ExactText, primary_key=True),
    Column("run", ExactText, primary_key=True),
    Column("queued", Double, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("tried", Double),
    Column("next", Double),
    Column("failure", Text),
    Column("facts", Text),
)

# Who does what only one process may do at a time, on whatever machine, and until when it is theirs.
lease = Table(
    "lease",
    metadata,
    Column("name", ExactText, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Double, nullable=False),
)
