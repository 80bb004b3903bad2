"""What `render` promises."""

from engine.spec.toolspec import Declaration, OperationSpec

DECLARATION = Declaration(
    name="render",
    category="data_processing",
    description="Makes a document of a Jinja template and values: a text, or a file of the project.",
    factory="engine.tools.core.render.tool:Render",
    operations={
        "render": OperationSpec(
            description="Renders in a sandbox, in a process of its own with limits of time, memory and size. An unknown name "
            "is an error, with its line in the template.",
            parameters={
                "type": "object",
                "properties": {
                    "template": {
                        "type": "string",
                        "x-weft": "document",
                        "description": "The template itself.",
                        "examples": ["Dear {{ name }},"],
                    },
                    "path": {
                        "type": "string",
                        "minLength": 1,
                        "description": "Or the file of the project that holds it.",
                        "examples": ["templates/report.html"],
                    },
                    "values": {
                        "type": "object",
                        "description": "What the template reads, by name.",
                        "examples": [{"name": "Ada"}],
                    },
                    "to": {
                        "type": "string",
                        "minLength": 1,
                        "description": "The file to write, inside the project folder; left out: the text is given.",
                        "examples": ["out/report.html"],
                    },
                    "autoescape": {
                        "type": "boolean",
                        "description": "Whether values are escaped as HTML; left out: where `to`, else `path`, ends in "
                        ".html, .htm, .xhtml, .xml or .svg, a .j2 or .jinja behind it aside.",
                    },
                    "timeout": {
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "maximum": 3600,
                        "default": 10,
                        "description": "Seconds it may take.",
                    },
                    "max_memory": {
                        "type": "integer",
                        "minimum": 128 * 1024 * 1024,
                        "default": 512 * 1024 * 1024,
                        "description": "Bytes of address space it may use.",
                    },
                    "max_bytes": {
                        "type": "integer",
                        "minimum": 1,
                        "default": 16 * 1024 * 1024,
                        "description": "The largest document; a larger one is an error of type `too_large`.",
                    },
                },
                "if": {"not": {"required": ["path"]}},
                "then": {"required": ["template"]},
                "else": {"properties": {"template": False}},
                "additionalProperties": False,
                "examples": [
                    {"template": "Dear {{ name }},", "values": {"name": "Ada"}},
                    {
                        "path": "templates/report.html",
                        "values": {"rows": [{"id": 1}]},
                        "to": "out/report.html",
                    },
                ],
            },
            result={
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "The document, where there is no `to`."},
                    "path": {"type": "string", "description": "The file, where there is one."},
                    "bytes": {"type": "integer", "description": "The document's size in UTF-8."},
                },
                "required": ["bytes"],
            },
            timeout_seconds=300.0,
            repeatable=True,
            executor="threads",
        )
    },
)
