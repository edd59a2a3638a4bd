"""The tables, for every database that SQLAlchemy knows.

An IRI is stored once and met by its integer id. A relation belongs to the run that stated it, so a run can be replaced
without touching what others said; an object is shared by all runs that mention it. An object whose kind is NULL is a
stub: something points at it, and nobody has described it.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text

# Byte order, in every database: exports must not depend on the server's locale.
ExactText = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite makes a rowid alias of INTEGER only.
Id = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

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
_has_path = object_.c.path.is_not(None)
Index("object_path", object_.c.path, sqlite_where=_has_path, postgresql_where=_has_path)

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
