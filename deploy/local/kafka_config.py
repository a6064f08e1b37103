"""What the embedded Kafka is told: one broker that is its own controller, on loopback, sized for a laptop."""

from deploy.local.datadir import LOOPBACK

NODE_ID = 1
MAX_MESSAGE_BYTES = 32 * 1024 * 1024
SESSION_TIMEOUT_MS = 3000
"""After a crash the broker is let in again once the old one's session has ended; Kafka's 9 s would be the restart."""

_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": NODE_ID,
    "controller.listener.names": "CONTROLLER",
    # relative to the data directory: no path needs escaping, and the directory may be moved
    "log.dirs": "log",
    # one copy of everything
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # few partitions for Kafka's own topics, few threads, a small cleaner: less memory, a quicker start
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.num.partitions": 1,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "num.recovery.threads.per.data.dir": 2,
    "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
    "broker.session.timeout.ms": SESSION_TIMEOUT_MS,
    "broker.heartbeat.interval.ms": 500,
    # topics come from schemas/topics.py only
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "message.max.bytes": MAX_MESSAGE_BYTES,
    "replica.fetch.max.bytes": MAX_MESSAGE_BYTES,
    "socket.request.max.bytes": 100 * 1024 * 1024,
}

LOG4J = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{yyyy-MM-dd'T'HH:mm:ss.SSSX} %-5p %c{1}: %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
logger.signal.name=org.apache.kafka.common.utils.LoggingSignalHandler
logger.signal.level=info
"""


def server_properties(port: int, controller_port: int) -> str:
    """The broker's settings file for these two loopback ports."""
    places = {
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.quorum.voters": f"{NODE_ID}@{LOOPBACK}:{controller_port}",
    }
    return "".join(f"{name}={value}\n" for name, value in {**_SETTINGS, **places}.items())
