/*
 * Reads schema soc2_bi as a BI tool on JDBC does: what is there, of what type
 * and with which comment from DatabaseMetaData, and values as Java objects.
 * test/tap/lib/Soc2Bi.pm says what it writes.
 */
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

public class Jdbc
{
	private static final DateTimeFormatter TIME =
		DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

	public static void main(String[] args) throws Exception
	{
		System.setOut(new java.io.PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, "UTF-8"));
		Properties login = new Properties();
		login.setProperty("user", System.getenv("PGUSER"));
		login.setProperty("password", System.getenv("PGPASSWORD"));
		String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/"
			+ System.getenv("PGDATABASE");
		try (Connection connection = DriverManager.getConnection(url, login))
		{
			for (String[] view : views(connection))
				read(connection, view[0], view[1]);
			for (String statement : System.getenv("BI_REFUSED").split("\n"))
				System.out.println("{\"refused\": " + quote(statement) + ", \"state\": " + quote(state(connection, statement)) + "}");
		}
	}

	/* Names and comments of the views. */
	private static List<String[]> views(Connection connection) throws SQLException
	{
		List<String[]> views = new ArrayList<>();
		try (ResultSet set = connection.getMetaData().getTables(null, "soc2\\_bi", "%", new String[] {"VIEW"}))
		{
			while (set.next())
				views.add(new String[] {set.getString("TABLE_NAME"), set.getString("REMARKS")});
		}
		return views;
	}

	private static void read(Connection connection, String view, String comment) throws SQLException
	{
		DatabaseMetaData meta = connection.getMetaData();
		List<String> names = new ArrayList<>();
		List<String> columns = new ArrayList<>();
		List<Integer> types = new ArrayList<>();
		try (ResultSet set = meta.getColumns(null, "soc2\\_bi", view.replace("_", "\\_"), "%"))
		{
			while (set.next())
			{
				int type = set.getInt("DATA_TYPE");
				String name = set.getString("COLUMN_NAME");
				String called = java.sql.JDBCType.valueOf(type) + " " + set.getString("TYPE_NAME");
				types.add(type);
				names.add(name);
				columns.add("[" + quote(name) + ", " + quote(called) + ", " + quote(set.getString("REMARKS")) + "]");
			}
		}
		List<String> rows = new ArrayList<>();
		String query = "SELECT * FROM soc2_bi." + view + " ORDER BY " + names.get(0);
		try (Statement statement = connection.createStatement(); ResultSet set = statement.executeQuery(query))
		{
			while (set.next())
			{
				List<String> row = new ArrayList<>();
				for (int i = 1; i <= types.size(); i++)
					row.add(quote(text(set, i, types.get(i - 1))));
				rows.add("[" + String.join(", ", row) + "]");
			}
		}
		System.out.println("{\"view\": " + quote(view) + ", \"comment\": " + quote(comment) + ", \"columns\": ["
			+ String.join(", ", columns) + "], \"rows\": [" + String.join(", ", rows) + "]}");
	}

	/* A value by the Java type that is meant for it. */
	private static String text(ResultSet set, int column, int type) throws SQLException
	{
		switch (type)
		{
			case Types.BIT:
				Boolean flag = set.getObject(column, Boolean.class);
				return flag == null ? null : flag ? "true" : "false";
			case Types.INTEGER:
			case Types.BIGINT:
				Number number = (Number) set.getObject(column);
				return number == null ? null : Long.toString(number.longValue());
			case Types.NUMERIC:
				BigDecimal decimal = set.getBigDecimal(column);
				return decimal == null ? null : decimal.toPlainString();
			case Types.DATE:
				LocalDate day = set.getObject(column, LocalDate.class);
				return day == null ? null : day.toString();
			case Types.TIMESTAMP:
				OffsetDateTime time = set.getObject(column, OffsetDateTime.class);
				return time == null ? null : TIME.format(time);
			default:
				return set.getString(column);
		}
	}

	/* SQLSTATE of a statement that fails; null if it works. */
	private static String state(Connection connection, String sql)
	{
		try (Statement statement = connection.createStatement())
		{
			statement.execute(sql);
			return null;
		}
		catch (SQLException error)
		{
			return error.getSQLState();
		}
	}

	/* A string of JSON. */
	private static String quote(String text)
	{
		if (text == null)
			return "null";
		StringBuilder quoted = new StringBuilder("\"");
		for (char c : text.toCharArray())
		{
			if (c == '"' || c == '\\')
				quoted.append('\\').append(c);
			else if (c < ' ')
				quoted.append(String.format("\\u%04x", (int) c));
			else
				quoted.append(c);
		}
		return quoted.append('"').toString();
	}
}
