# sql/data/crosswalk.awk
#
# Prints the crosswalk from the outline to the Trust Services Criteria as SQL.
# Needs csv.awk, sql.awk and catalogue.awk.
#
#   Relations            number of rows
#   Relation[i, column]  outline, tsc, relation, is_primary, rationale

function load_crosswalk(    i, primary) {
    Relations = csv_read("crosswalk.csv",
                         "outline,tsc,relation,is_primary,rationale", Relation)
    expect("crosswalk.csv: rows", Relations, 138)
    for (i = 1; i <= Relations; i++) {
        check_relation(i)
        if (Relation[i, "is_primary"] == "true") {
            if (Relation[i, "outline"] in primary)
                fail("crosswalk.csv: two primary rows of " Relation[i, "outline"])
            primary[Relation[i, "outline"]] = 1
            Tally["crosswalk", "primary"]++
        }
    }
    expect("crosswalk.csv: criteria with a primary row",
           Tally["crosswalk", "primary"], 61)
}

function check_relation(i,    ends, relation, source, target) {
    source = Relation[i, "outline"]
    target = Relation[i, "tsc"]
    relation = Relation[i, "relation"]
    ends = "crosswalk.csv: " source " to " target ": "
    if (!is_criterion("outline", source) || !is_criterion("tsc", target))
        fail(ends "not two criteria")
    if ((source, target) in Related)
        fail(ends "stands twice")
    Related[source, target] = 1
    if (relation !~ /^(equal-to|superset-of|subset-of|intersects-with)$/)
        fail(ends "no relation: " relation)
    if (Relation[i, "is_primary"] !~ /^(true|false)$/)
        fail(ends "not true or false: " Relation[i, "is_primary"])
    if (Relation[i, "rationale"] == "")
        fail(ends "no rationale")
    # A user entity's own control never covers a criterion of the service
    # organization.
    if (("outline", source) in Is_cuec && relation != "intersects-with")
        fail(ends "a user entity's control covers nothing")
}

function is_criterion(framework, code) {
    return ((framework, code) in Level) && Level[framework, code] == 2
}

function print_crosswalk(    i) {
    print "-- sql/data/crosswalk.sh"
    print ""
    print "INSERT INTO soc2.crosswalk (source, target, relation, is_primary," \
        " rationale, author, status, shipped) VALUES"
    for (i = 1; i <= Relations; i++)
        print "    (" sql_text("outline:" Relation[i, "outline"]) \
            ", " sql_text("tsc:" Relation[i, "tsc"]) \
            ", " sql_text(Relation[i, "relation"]) \
            ", " Relation[i, "is_primary"] \
            ", " sql_text(Relation[i, "rationale"]) \
            ", 'soc2', 'draft', true)" (i < Relations ? "," : ";")
}

BEGIN {
    load_frameworks()
    load_crosswalk()
    print_crosswalk()
}
