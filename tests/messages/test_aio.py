"""D7, D8: the facade for asyncio apps, from the day login to what is confirmed."""

from __future__ import annotations

from device_sdk import AsyncDevice
from modules.messages.aio import AsyncMessages
from modules.messages.device import Messages
from modules.messages.reminding import reminder
from tests.messages.scene import Post
from tests.support.loops import run


def test_a_day_of_an_asyncio_app(post: Post) -> None:
    customer = post.customer("a", "1")
    daily = post.publish("daily", {"employee": post.people["a"]})
    action = post.publish("action", {"customer": customer}, tasks=[("check", True)])
    post.work()
    device = AsyncDevice(post.enrol("a"))
    messages = AsyncMessages(Messages(device.device))

    async def day() -> None:
        await device.sync()
        assert await messages.received() == 2
        (morning,) = await messages.at_day_login()
        assert (await messages.show(morning.receipt)).status == "shown"
        await messages.confirm(morning.receipt)
        await device.sync()
        post.later(0.1)
        post.write([reminder(post.store, action)])
        await device.sync()
        (message,) = await messages.reminders()
        assert [message] == await messages.at_check_in(customer)
        done = await messages.complete_task(message.tasks[0].answer, True)
        assert done.status == "tasks_done"
        await messages.confirm(message.receipt)
        await device.sync()
        assert await messages.at_day_login() == await messages.at_check_in(customer) == []

    run(day())
    assert {post.receipt(info)["status"] for info in (daily, action)} == {"confirmed"}
