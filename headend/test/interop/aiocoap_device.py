"""An LwM2M device made of the public API of aiocoap: aiocoap_device.py SETTINGS-JSON."""
import asyncio
import json
import sys

from aiocoap import DELETE, GET, POST, Context, Message, resource

settings = json.loads(sys.argv[1])
base = f"coap://127.0.0.1:{settings['port']}"
now_s = settings["nowS"]


class Meter(resource.ObservableResource):
    """Many rows, so that what it answers and notifies of comes in blocks."""

    def __init__(self):
        super().__init__()
        self.reads = 0
        self.observers = 0

    def update_observation_count(self, count):
        self.observers = count

    async def render_get(self, request):
        first = self.reads * 60
        self.reads += 1
        rows = [{"bn": "/10243/0/", "n": "14", "v": first, "t": now_s - 86400 + first}]
        rows += [{"n": "14", "v": first + i, "t": now_s - 86400 + first + i} for i in range(1, 60)]
        return Message(payload=json.dumps(rows).encode(), content_format=110)


async def until(condition):
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("it did not come to be")


async def main():
    meter = Meter()
    site = resource.Site()
    site.add_resource(["10243", "0"], meter)
    context = await Context.create_server_context(site, bind=("127.0.0.1", settings["devicePort"]))
    codes = []

    async def ask(code, path, payload=b"", content_format=None):
        request = Message(code=code, uri=base + path, payload=payload)
        if content_format is not None:
            request.opt.content_format = content_format
        answer = await context.request(request).response
        codes.append(answer.code.dotted)
        return answer

    rows = [{"bn": "OA1/", "n": "1-0:1.8.0", "u": "kWh", "v": i, "t": now_s - 3600 + i} for i in range(200)]
    await ask(GET, "/.well-known/core")
    await ask(POST, "/senml", json.dumps(rows).encode(), 110)
    links = b'</>;rt="oma.lwm2m",</10243/0>'
    answer = await ask(POST, "/rd?ep=OA1&lt=300&lwm2m=1.1&b=U", links, 40)
    location = "/" + "/".join(answer.opt.location_path)
    await until(lambda: meter.observers == 1)
    for _ in range(3):
        reads = meter.reads
        meter.updated_state()
        await until(lambda: meter.reads > reads)
        await asyncio.sleep(0.3)
    sent = [{"n": "/10243/0/14", "v": 7, "t": now_s - 10}]
    await ask(POST, "/dp", json.dumps(sent).encode(), 110)
    await ask(POST, location + "?lt=600")
    await ask(DELETE, location)
    meter.updated_state()
    await until(lambda: meter.observers == 0)
    await ask(POST, location)
    await context.shutdown()
    print(json.dumps({"codes": codes, "reads": meter.reads}))


asyncio.run(main())
