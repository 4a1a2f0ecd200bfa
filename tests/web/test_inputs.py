"""What a request carries: how much is said of what is wrong with it."""

import pytest
from pydantic import ValidationError, create_model

from mudguard.web.inputs import MAX_MESSAGES, RequestModel, field_messages

MANY_FIELDS = {f"field_{number}": (int, ...) for number in range(MAX_MESSAGES + 10)}


def test_an_answer_says_of_the_first_fields_only_what_is_wrong() -> None:
    model = create_model("Many", __base__=RequestModel, **MANY_FIELDS)  # type: ignore[call-overload]  # by its names
    with pytest.raises(ValidationError) as caught:
        model.model_validate({})
    messages = field_messages(caught.value)
    assert (len(messages), set(messages.values())) == (MAX_MESSAGES, {"is required"})
