"""Finds ops in a SavedModel that reach beyond arithmetic. Runs in the child only.

Loading runs more than the serving signature: restore functions and initializers too. So every
node is looked at. The one exception is what the checkpoint saver needs for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tflitekit.errors import ModelError

_HOST_OPS = frozenset(
    {
        # Python
        "EagerPyFunc", "PyFunc", "PyFuncStateless", "ReaderReadV2",
        # files
        "AudioMicrofrontend", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3",
        "GenerateVocabRemapping", "ImmutableConst", "LMDBReader", "LoadAndRemapMatrix",
        "LoadDataset", "LoadDatasetV2", "MatchingFiles", "MatchingFilesDataset", "ReadFile",
        "SaveDataset", "SaveDatasetV2", "SnapshotDataset", "SnapshotDatasetV2", "WriteFile",
        "FixedLengthRecordDataset", "FixedLengthRecordDatasetV2", "FixedLengthRecordReader",
        "FixedLengthRecordReaderV2", "TFRecordDataset", "TFRecordDatasetV2", "TFRecordReader",
        "TFRecordReaderV2", "TextLineDataset", "TextLineReader", "TextLineReaderV2",
        "WholeFileReader", "WholeFileReaderV2", "CSVDataset", "CSVDatasetV2", "SqlDataset",
        "CacheDataset", "CacheDatasetV2", "RecordInput", "LMDBDataset",
        "InitializeTableFromTextFile", "InitializeTableFromTextFileV2",
        "CreateSummaryFileWriter", "CreateSummaryDbWriter", "EncodeProto", "DecodeProtoV2",
        # checkpoints
        "MergeV2Checkpoints", "Restore", "RestoreSlice", "RestoreV2", "Save", "SaveSlices",
        "SaveV2", "ShardedFilename",
        # other processes
        "DataServiceDataset", "DataServiceDatasetV2", "DataServiceDatasetV3",
        "DataServiceDatasetV4", "RemoteCall", "Rpc", "RpcCall", "RpcClient", "RpcServer",
        "RpcServerRegister", "RpcServerStart", "TryRpc", "XlaHostCompute",
    }
)  # fmt: skip

_SAVER_OPS = frozenset({"MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"})


def check_host_ops(folder: Path) -> None:
    """Look through a SavedModel before anything of it is loaded.

    Raises:
        ModelError: the model is damaged, or an op in it would run Python, touch files or reach
            another process; the error names it.
    """
    for meta_graph in _read(folder).meta_graphs:
        for op, name in _offending(meta_graph):
            raise ModelError(
                f"node {name!r} is a {op}, which acts on the machine it runs on",
                where=str(folder),
                hint="If you trust who made the model, pass --trust",
            )


def _read(folder: Path) -> Any:
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    message = saved_model_pb2.SavedModel()
    path = folder / "saved_model.pb"
    try:
        message.ParseFromString(path.read_bytes())
    except (DecodeError, OSError) as error:
        raise ModelError(f"cannot be read ({error})", where=str(path)) from error
    return message


def _offending(meta_graph: Any) -> Iterator[tuple[str, str]]:
    """(op, node name) of each node that may not be there."""
    graph = meta_graph.graph_def
    functions = {function.signature.name: function for function in graph.library.function}
    saver_nodes = _saver_nodes(meta_graph)
    of_saver = [node for node in graph.node if node.name in saver_nodes]
    others = [node for node in graph.node if node.name not in saver_nodes]
    only_saver = _reached(of_saver, functions) - _reached(others, functions)
    only_saver -= set(meta_graph.object_graph_def.concrete_functions)
    for function in functions.values():
        allowed = _SAVER_OPS if function.signature.name in only_saver else frozenset()
        yield from _bad(function.node_def, allowed)
    yield from _bad(of_saver, _SAVER_OPS)
    yield from _bad(others, frozenset())


def _bad(nodes: Iterable[Any], allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    return ((node.op, node.name) for node in nodes if node.op in _HOST_OPS - allowed)


def _saver_nodes(meta_graph: Any) -> set[str]:
    """Names of the nodes that saving or restoring a checkpoint runs."""
    saver = meta_graph.saver_def
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    pending = [saver.save_tensor_name, saver.restore_op_name]
    found: set[str] = set()
    while pending:
        name = pending.pop().lstrip("^").partition(":")[0]
        if name in nodes and name not in found:
            found.add(name)
            pending.extend(nodes[name].input)
    return found


def _reached(nodes: Iterable[Any], functions: Mapping[str, Any]) -> set[str]:
    """Names of the functions that `nodes` call, and those call."""
    pending = [name for node in nodes for name in _called(node)]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name in functions and name not in found:
            found.add(name)
            pending.extend(called for node in functions[name].node_def for called in _called(node))
    return found


def _called(node: Any) -> Iterator[str]:
    yield node.op  # a node may bear a function's name in place of an op's
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        yield from (function.name for function in value.list.func)
