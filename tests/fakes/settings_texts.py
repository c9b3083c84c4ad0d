"""Texts of `tflitekit.toml`, right and wrong."""

FILES = ("model.keras", "int8.tflite", "float.tflite", "data.npz", "code.py")
"""What has to be beside a file with one of these texts."""

SMALLEST = """\
[models.digits]
source = "model.keras"
data = "digits"
budget.size = "150 kB"
"""

WHOLE = """\
baseline = "ci/baseline.json"
history = "ci/history.db"

[models.built]
source = "model.keras"
data = "data.npz"
eval_data = "digits"
eval_samples = 300
metric = "top5"
seed = 7
batch = 2
input_shape = { image = [1, 8, 8, 1] }
state = { "keys*" = "next_keys*" }
state_from = "int8.tflite"
trust = true
custom_objects = "my.layers"

[models.built.recipe]
io = "uint8"
samples = 50
engine = "tflitekit"
precision = "int16x8"
ranges = "mse"
effort = "medium"
int16 = ["a", "b"]
float = ["c"]
kernels = "never"
stats = "stats.bin"
max_drop = "0.5pt"
budget = 12
allow_float = true

[models.built.budget]
size = "150 kB"
float_tensors = 0
runtime = "2.13"
accuracy = { limit = "98 %", regression = "0.5 pt" }
latency = { limit = "2 ms" }

[models.built.budget_on.phone]
latency = "3 ms"

[models.taken]
file = "int8.tflite"
float = "float.tflite"
data = "code.py:samples"
metric = "code.py:metric"

[devices.phone]
uri = "adb:R5CT"
threads = 4
cores = "4-7"
seconds = 10
repeats = 20
allow = ["CHARGING"]
accelerator = "gpu"
runtime = "float.tflite"
runner = "int8.tflite"
"""


def model(*lines):
    """Settings with a model that is built; line 4 is the first of `lines`."""
    return "\n".join(["[models.m]", 'source = "model.keras"', 'data = "digits"', *lines])


def finished(*lines):
    """Settings with a model that is there; line 3 is the first of `lines`."""
    return "\n".join(["[models.m]", 'file = "int8.tflite"', *lines])


def device(*lines):
    """Settings with a device; line 7 is the first of `lines`."""
    return "\n".join([SMALLEST, "[devices.d]", *lines])


UNKNOWN = (
    (f'basline = "x"\n{SMALLEST}', 1, "basline", "baseline"),
    (f"{SMALLEST}\n[device.phone]\nuri = 'adb'\n", 6, "device", "devices"),
    (model('eval_dta = "digits"'), 4, "models.m.eval_dta", "eval_data"),
    (model("float_file = 'a'"), 4, "models.m.float_file", "float"),
    (model("recipe.precison = 'int8'"), 4, "models.m.recipe.precison", "precision"),
    (model("[models.m.recipe]", "", "float32 = []"), 6, "models.m.recipe.float32", "float"),
    (model("[models.m.budget]", "latncy = '2 ms'"), 5, "models.m.budget.latncy", "latency"),
    (
        model("budget.size = { limit = 1, regresion = 2 }"),
        4,
        "models.m.budget.size.regresion",
        "regression",
    ),
    (
        model("[models.m.budget.size]", "limit = 1", "limits = 2"),
        6,
        "models.m.budget.size.limits",
        "limit",
    ),
    (
        f"{model()}\n[models.m.budget_on.d]\nlaten = '1 ms'\n[devices.d]\nuri='local'",
        5,
        "models.m.budget_on.d.laten",
        "latency",
    ),
    (device("uri = 'local'", "thread = 2"), 8, "devices.d.thread", "threads"),
)
"""A text, and of the unknown key in it the line, its whole name and what it was meant to be."""


WRONG = (
    (model('seed = "0"'), 4, 'models.m.seed = "0": must be a whole number'),
    (model("seed = 1.5"), 4, "models.m.seed = 1.5: must be a whole number"),
    (model("seed = true"), 4, "models.m.seed = true: must be a whole number"),
    (model("seed = -1"), 4, "models.m.seed = -1: must be at least 0"),
    (model("seed = 4294967296"), 4, "models.m.seed = 4294967296: must be at most 4294967295"),
    (model("batch = 0"), 4, "models.m.batch = 0: must be at least 1"),
    (model("trust = 1"), 4, "models.m.trust = 1: must be true or false"),
    (model("custom_objects = 3"), 4, "models.m.custom_objects = 3: must be a text in quotes"),
    (model('custom_objects = ""'), 4, 'models.m.custom_objects = "": must not be empty'),
    (model("recipe = 3"), 4, "models.m.recipe = 3: must be a table"),
    (model("state = []"), 4, "models.m.state: must be a table"),
    (model("state = { a = 1 }"), 4, "models.m.state.a = 1: must be a text in quotes"),
    (model("input_shape = { a = [] }"), 4, "models.m.input_shape.a: must not be empty"),
    (
        model("input_shape.a = [", "1,", "  0,", "]"),
        6,
        "models.m.input_shape.a[1] = 0: must be at least 1",
    ),
    (model("recipe.int16 = 'a'"), 4, 'models.m.recipe.int16 = "a": must be an array'),
    (
        model("[models.m.recipe]", "int16 = [", "'a',", "", "3]"),
        8,
        "models.m.recipe.int16[1] = 3: must be a text in quotes",
    ),
    (model("budget = 3"), 4, "models.m.budget = 3: must be a table"),
    (
        model("budget.size = '150 zB'"),
        4,
        "models.m.budget.size = \"150 zB\": 'zB' in '150 zB' is no unit here; "
        "use B, kB, MB, GB, KiB, MiB, GiB",
    ),
    (
        model("budget.latency = 2"),
        4,
        "models.m.budget.latency = 2: 2 needs its unit; write such as 2 ms",
    ),
    (
        model("budget.runtime = 2.1"),
        4,
        "models.m.budget.runtime = 2.1: 2.1 is no version; write such as 2.13 or 2.13.1, in quotes",
    ),
    (
        model("budget.float_tensors = 0.5"),
        4,
        "models.m.budget.float_tensors = 0.5: 0.5 is no whole number",
    ),
    (
        model("[models.m.budget.size]", "limit = '1 kB'", "regression = '1 ms'"),
        6,
        "models.m.budget.size.regression = \"1 ms\": 'ms' in '1 ms' is no unit here; "
        "use B, kB, MB, GB, KiB, MiB, GiB",
    ),
    (
        model("budget.size = {}"),
        4,
        "models.m.budget.size: limits nothing; write limit, regression, or both",
    ),
    (device("threads = 1"), 6, "devices.d: needs uri"),
    (device("uri = 3"), 7, "devices.d.uri = 3: must be a text in quotes"),
    (device("uri = 'usb'"), 7, 'devices.d.uri = "usb": must be local, adb or adb:SERIAL'),
    (device("uri = 'adb:'"), 7, 'devices.d.uri = "adb:": must be local, adb or adb:SERIAL'),
    (device("uri = 'local:x'"), 7, 'devices.d.uri = "local:x": must be local, adb or adb:SERIAL'),
    (
        device("uri = 'adb'", "cores = 'huge'"),
        8,
        'devices.d.cores = "huge": must be all, big, little, or numbers such as 4-7',
    ),
    (device("uri = 'adb'", "seconds = '2'"), 8, 'devices.d.seconds = "2": must be a number'),
    (device("uri = 'adb'", "seconds = nan"), 8, "devices.d.seconds = NaN: must be a finite number"),
    (device("uri = 'adb'", "repeats = 1001"), 8, "devices.d.repeats = 1001: must be at most 1000"),
    ("models = {}", 1, "models: must not be empty"),
    ("models = 3", 1, "models = 3: must be a table"),
    ("[models]\nm = 3", 2, "models.m = 3: must be a table"),
    (
        SMALLEST.replace("digits]", '"a b"]'),
        1,
        'models."a b" = "a b": must be letters, digits, and _ - . between them',
    ),
    ("baseline = ''\n" + SMALLEST, 1, 'baseline = "": must not be empty'),
    ("# nothing", 1, "needs models"),
)
"""A text, and the line of the wrong value in it and what is told of it."""


CHOICES = (
    ("io", "int9", "int8"),
    ("engine", "stok", "stock"),
    ("precision", "int16x9", "int16x8"),
    ("ranges", "minmx", "minmax"),
    ("effort", "hgih", "high"),
    ("kernels", "allways", "always"),
)
"""A key of a recipe, a value that is no choice, and the nearest that is."""


CONTRADICTIONS = (
    (model("file = 'int8.tflite'"), 4, "models.m.file: contradicts source"),
    ("[models.m]\ndata = 'digits'", 1, "models.m: needs a source to build, or a file"),
    (
        "[models.m]\nsource = 'model.keras'",
        2,
        "models.m.source: cannot be quantized without data",
    ),
    (
        model("float = 'float.tflite'"),
        4,
        "models.m.float: makes no sense for a model that has a source",
    ),
    *(
        (
            finished(f"{key} = {value}"),
            3,
            f"models.m.{key}: makes no sense for a model that has a file",
        )
        for key, value in (
            ("recipe", "{ effort = 'low' }"),
            ("trust", "true"),
            ("custom_objects", "'a'"),
            ("batch", "1"),
            ("input_shape", "{}"),
            ("state", "{}"),
            ("state_from", "'int8.tflite'"),
        )
    ),
    (
        finished("[models.m.budget]", "accuracy = 0.9"),
        4,
        "models.m.budget.accuracy: cannot be measured without data",
    ),
    *(
        (
            finished("data = 'digits'", f"budget.{quantity} = 0.9"),
            4,
            f"models.m.budget.{quantity}: cannot be measured without the float model",
        )
        for quantity in ("size_ratio", "accuracy_drop", "error_ratio", "agreement", "latency_ratio")
    ),
    (
        finished("budget_on.phone.latency = '1 ms'"),
        3,
        "models.m.budget_on.phone: there is no such device",
    ),
    (
        device("uri = 'local'", "[models.m]", "file = 'int8.tflite'", "budget_on.d.size = 1"),
        10,
        "models.m.budget_on.d.size: is the same on all devices",
    ),
    (model("recipe.float = ['a']"), 4, "models.m.recipe.float: needs allow_float = true"),
    (
        model("recipe = { allow_float = false, float = ['a'] }"),
        4,
        "models.m.recipe.float: needs allow_float = true",
    ),
    (
        model("recipe = { engine = 'stock', effort = 'low' }"),
        4,
        "models.m.recipe.effort: is not for the engine stock",
    ),
    (
        model("recipe.engine = 'best'", "state = { a = 'b' }"),
        5,
        "models.m.state: is lost by the engine best",
    ),
)
"""A text in which keys do not fit together; the line of one and what is told of it."""
