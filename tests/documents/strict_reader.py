"""Tables read by the letter, a character at a time, and tables that something has happened to."""

import csv
import io

DELIMITERS = {"csv": [",", ";", "\t", None], "tsv": ["\t", None]}


def strict_texts(text, column, kind):
    """The texts of a column, if there is one way to read the table or all ways agree; otherwise None."""
    found = []
    for delimiter in DELIMITERS[kind]:
        for read in (rows_with_quotes, rows_without):
            rows = read(text, delimiter)
            header = [entry.strip() for entry in rows[0][1]] if rows else []
            if header.count(column) == 1 and all(len(row) == len(header) for _, row in rows):
                texts = [(line, row[header.index(column)]) for line, row in rows[1:]]
                found.append((read is rows_without, texts))
    plain = [[(line, bare(entry)) for line, entry in texts] if marks else texts for marks, texts in found]
    if not found or any(texts != plain[0] for texts in plain):
        return None
    return [entry for _, entry in min(found, key=lambda way: way[0])[1]]


def bare(entry):
    return entry[1:-1].replace('""', '"') if len(entry) > 1 and entry[0] + entry[-1] == '""' else entry


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def rows_without(text, delimiter):
    return [(k, line.split(delimiter) if delimiter else [line]) for k, line in enumerate(lines(text)) if line]


def rows_with_quotes(text, delimiter):
    """Rows by RFC 4180, or none of them where one breaks it."""
    rows, row, k, line = [], [], 0, 0
    text = "\n".join([*lines(text), ""])
    while k < len(text):
        if not row and text[k] == "\n":
            k, line = k + 1, line + 1
            continue
        entry = ""
        if text[k] == '"':
            k += 1
            while text[k : k + 1] != '"' or text[k : k + 2] == '""':
                if k >= len(text):
                    return []
                line += text[k] == "\n"
                entry += text[k]
                k += 2 if text[k] == '"' else 1
            k += 1
        else:
            while text[k] not in ("\n", delimiter):
                entry += text[k]
                k += 1
        row.append(entry)
        if text[k] == "\n":
            rows.append((line, row))
            row, line = [], line + 1
        elif text[k] != delimiter:
            return []
        k += 1
    return rows


def mutated_table(rng):
    """A table as it was written, well or not, and then changed in up to three places; with its kind."""
    kind, delimiter, width = rng.choice(["csv", "tsv"]), rng.choice(",;\t"), rng.randint(1, 3)
    header = ["text", "id", "note"][:width]
    rng.shuffle(header)
    pieces = ["oak", "20", " ", '"', '"', ",", ";", "\t", "\n", "ü", ""]
    entries = [
        ["".join(rng.choices(pieces, weights=[9, 3, 9, 1, 1, 1, 1, 1, 0.5, 1, 1], k=4)) for _ in header]
        for _ in range(rng.randint(0, 5))
    ]
    out = io.StringIO()
    end = rng.choice(["\n", "\r\n", "\r"])
    if rng.random() < 0.3:
        out.write(end.join(delimiter.join(row) for row in [header, *entries]))
    else:
        quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
        csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([header, *entries])
    text = out.getvalue()
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        at, size = rng.randint(0, len(text)), rng.choice([0, 0, 1, 2])
        text = text[:at] + rng.choice(['"', '""', '"', delimiter, "\n", "\r", "\n\n", " ", ""]) + text[at + size :]
    return text, kind
