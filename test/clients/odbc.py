"""Reads schema soc2_bi as a BI tool on ODBC does, by psqlODBC: what is there and
of what type from the functions of its catalog.  The driver tells of no comments.
test/tap/lib/Soc2Bi.pm says what it writes."""
import datetime
import json
import os
import sys

import pyodbc

# Types of ODBC by their numbers, as SQLColumns gives them.
TYPES = {1: 'CHAR', 2: 'NUMERIC', 4: 'INTEGER', 12: 'VARCHAR', 91: 'DATE', 93: 'TIMESTAMP', -1: 'LONGVARCHAR',
         -5: 'BIGINT', -7: 'BIT', -8: 'WCHAR', -9: 'WVARCHAR', -10: 'WLONGVARCHAR'}


def connection():
    # braces keep what is special in a password, and stay there in anything else
    text = ';'.join(('DRIVER={%s}' % sys.argv[1], 'SERVERNAME=' + os.environ['PGHOST'], 'PORT=' + os.environ['PGPORT'],
                     'DATABASE=' + os.environ['PGDATABASE'], 'UID=' + os.environ['PGUSER'],
                     'PWD={%s}' % os.environ['PGPASSWORD'].replace('}', '}}')))
    return pyodbc.connect(text + ';' + ';'.join(sys.argv[2:]), autocommit=True)


def text(value):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, datetime.datetime):
        return value.strftime('%Y-%m-%dT%H:%M:%S.') + '%06dZ' % value.microsecond
    return None if value is None else str(value)


def view(db, name):
    cursor = db.cursor()
    columns = [(c.column_name, '%s %s' % (TYPES.get(c.data_type, c.data_type), c.type_name), c.remarks)
               for c in cursor.columns(schema='soc2_bi', table=name)]
    cursor.execute('SELECT * FROM soc2_bi.%s ORDER BY %s' % (name, columns[0][0]))
    rows = [[text(value) for value in row] for row in cursor.fetchall()]
    return {'view': name, 'comment': None, 'columns': columns, 'rows': rows}


def state(db, statement):
    try:
        db.cursor().execute(statement)
        return None
    except pyodbc.Error as error:
        return error.args[0]


def main():
    db = connection()
    db.cursor().execute("SET TimeZone = 'UTC'")
    names = [t.table_name for t in db.cursor().tables(schema='soc2_bi', tableType='VIEW').fetchall()]
    for name in names:
        print(json.dumps(view(db, name)))
    for statement in os.environ['BI_REFUSED'].split('\n'):
        print(json.dumps({'refused': statement, 'state': state(db, statement)}))


main()
