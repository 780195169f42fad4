# sql/data/csv.awk
#
# Reader for the CSV files of this folder (RFC 4180), and the way out for all
# that is wrong in them. Load it with -f before the program that uses it. Any
# POSIX awk will do; run it with LC_ALL=C.

# Say what is wrong and end the program. Print no SQL before the last check.
function fail(message) {
    print "sql/data: " message | "cat 1>&2"
    close("cat 1>&2")
    exit 1
}

# Read FILE, whose first record must be HEADER, into TABLE[record, column]
# and return the number of records.
function csv_read(file, header, table,
                  columns, width, fields, copy, i, line, open, record, records,
                  status) {
    width = split(header, columns, ",")
    records = -1
    while ((status = (getline line < file)) > 0) {
        sub(/\r$/, "", line)
        record = open ? record "\n" line : line
        # A record ends where its double quotes are even in number.
        copy = record
        open = gsub(/"/, "", copy) % 2
        if (open)
            continue
        if (records < 0 && record != header)
            fail(file ": the first line is not " header)
        if (csv_split(record, fields) != width)
            fail(file ": not " width " well-formed fields: " record)
        records++
        for (i = 1; records > 0 && i <= width; i++)
            table[records, columns[i]] = fields[i]
    }
    if (status < 0 || records < 0)
        fail(file ": cannot be read")
    if (open) {
        sub(/\n.*/, "", record)
        fail(file ": a quoted field does not end: " record)
    }
    close(file)
    return records
}

# Split RECORD into FIELDS and return their number, or 0 if it is malformed.
function csv_split(record, fields,    cut, n, value) {
    for (n = 1; ; n++) {
        if (match(record, /^"([^"]|"")*"/)) {
            value = substr(record, 2, RLENGTH - 2)
            gsub(/""/, "\"", value)
            record = substr(record, RLENGTH + 1)
            if (record != "" && substr(record, 1, 1) != ",")
                return 0
        } else {
            cut = index(record, ",")
            value = cut ? substr(record, 1, cut - 1) : record
            if (index(value, "\""))
                return 0
            record = substr(record, length(value) + 1)
        }
        fields[n] = value
        if (record == "")
            return n
        record = substr(record, 2)
    }
}
