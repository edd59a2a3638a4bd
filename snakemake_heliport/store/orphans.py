"""Remove what nobody speaks of any more."""

from sqlalchemy import Connection, Table, exists, select

from snakemake_heliport.store.schema import mention, object_, relation, run
from snakemake_heliport.store.writing import OBJECT_COLUMNS


def remove_orphans(connection: Connection, former: Table) -> None:
    """Delete those of these objects that no run mentions; what a relation still names becomes a stub.

    Args:
        connection: A transaction in which nobody else adds mentions or relations.
        former: The ids to look at.
    """
    unmentioned = object_.c.id.in_(select(former.c.id)) & ~exists().where(mention.c.object == object_.c.id)
    named = exists().where(relation.c.object == object_.c.id) | exists().where(run.c.id == object_.c.id)
    connection.execute(object_.delete().where(unmentioned, ~named))
    connection.execute(object_.update().where(unmentioned).values(dict.fromkeys(OBJECT_COLUMNS)))
