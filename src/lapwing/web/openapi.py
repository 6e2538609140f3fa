"""The OpenAPI document, at /api/v1/openapi.json."""

from __future__ import annotations

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    License,
    OpenAPIType,
    Schema,
    SecurityScheme,
    Tag,
)
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

import lapwing

_DESCRIPTION = """\
Whatever Lapwing's pages show, as JSON. Counts are reports as counted, after the caps that the
methodology page states. Instants are UTC. Every error has the one shape `ProblemAnswer`: a `code`
for machines, a `message` for people and, where one part of the input is meant, its `field`.
Answers carry an ETag: send it back as If-None-Match and an unchanged answer is an empty 304.
Any site may read with GET."""


class ArrayLikeSchema(OpenAPISchemaPlugin):
    """Structs that travel as arrays (`Point`) are described as arrays."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        kind = field_definition.annotation
        return (
            isinstance(kind, type)
            and issubclass(kind, msgspec.Struct)
            and kind.__struct_config__.array_like
        )

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: SchemaCreator
    ) -> Schema:
        kind = field_definition.annotation
        items = [
            schema_creator.for_field_definition(
                FieldDefinition.from_annotation(field.type, name=field.encode_name)
            )
            for field in msgspec.structs.fields(kind)
        ]
        names = ", ".join(kind.__struct_encode_fields__)
        return Schema(
            type=OpenAPIType.ARRAY,
            description=f"{kind.__doc__ or kind.__name__} In this order: {names}.",
            prefix_items=items,
            min_items=len(items),
            max_items=len(items),
        )


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Lapwing",
        version=lapwing.__version__,
        description=_DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/api/v1/openapi.json",
        render_plugins=[JsonRenderPlugin(path="/")],
        components=Components(
            security_schemes={
                "operator": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="An operator's token, made by `lapwing token create`.",
                )
            }
        ),
        tags=[
            Tag("outages", "What is down, where and since when."),
            Tag("reports", "Telling that something fails."),
            Tag("places", "Where."),
            Tag("operator", "For those who run this Lapwing; with a token."),
        ],
        use_handler_docstrings=False,
    )
