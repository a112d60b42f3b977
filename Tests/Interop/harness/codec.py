"""Requests in any version, spoken by kafka-python's codec over a plain socket."""

import uuid

from kafka.protocol.metadata import MetadataRequest

from .raw import RawClient


class Codec:
    """Sends kafka-python's messages in the version asked for."""

    def __init__(self, broker):
        self.raw = RawClient(broker.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.raw.close()

    def call(self, kind, version, **fields):
        self.raw.correlation += 1
        request = kind[version](**fields)
        request.with_header(correlation_id=self.raw.correlation, client_id="codec")
        self.raw.send_frame(request.encode(framed=False, header=True))
        response = request.header.get_response_class()
        frame = self.raw.receive_frame()
        return response.decode(frame, header=True)

    def topic_id(self, name):
        answer = self.call(
            MetadataRequest, 12, topics=[MetadataRequest.MetadataRequestTopic(
                version=12, topic_id=uuid.UUID(int=0), name=name)],
            allow_auto_topic_creation=False, include_topic_authorized_operations=False,
        )  # fmt: skip
        return answer.topics[0].topic_id
