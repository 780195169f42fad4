"""Reads schema soc2_bi as a BI tool on SQLAlchemy does, with psycopg2: tables
are made by reflection, and queries from them.
test/tap/lib/Soc2Bi.pm says what it writes."""
import datetime
import decimal
import json
import os
import warnings

import sqlalchemy as sa

# what SQLAlchemy cannot reflect it only warns of
warnings.simplefilter('error', sa.exc.SAWarning)


def text(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%fZ')
    if isinstance(value, decimal.Decimal):
        return format(value, 'f')
    return None if value is None else str(value)


def called(kind):
    """A type as SQLAlchemy names it; of a time also whether it has a zone"""
    return type(kind).__name__ + (' with time zone' if getattr(kind, 'timezone', False) else '')


def view(db, inspector, name):
    table = sa.Table(name, sa.MetaData(), schema='soc2_bi', autoload_with=db)
    columns = [(c.name, called(c.type), c.comment) for c in table.columns]
    rows = db.execute(sa.select(table).order_by(list(table.columns)[0]))
    comment = inspector.get_table_comment(name, schema='soc2_bi')['text']
    return {'view': name, 'comment': comment, 'columns': columns,
            'rows': [[text(value) for value in row] for row in rows]}


def state(engine, statement):
    try:
        with engine.begin() as db:
            db.execute(sa.text(statement))
        return None
    except sa.exc.DBAPIError as error:
        return error.orig.pgcode


def main():
    # an URL object quotes what a string would have to
    url = sa.engine.URL.create('postgresql+psycopg2', os.environ['PGUSER'], os.environ['PGPASSWORD'],
                               os.environ['PGHOST'], int(os.environ['PGPORT']), os.environ['PGDATABASE'])
    engine = sa.create_engine(url, future=True)
    with engine.connect() as db:
        inspector = sa.inspect(db)
        for name in inspector.get_view_names(schema='soc2_bi'):
            print(json.dumps(view(db, inspector, name)))
    for statement in os.environ['BI_REFUSED'].split('\n'):
        print(json.dumps({'refused': statement, 'state': state(engine, statement)}))


main()
