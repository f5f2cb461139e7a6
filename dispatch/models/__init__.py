"""The glossary of who does it: rules, workers, shifts, rotas, assignments, work orders."""

from dispatch.models.batch import Batch as Batch
from dispatch.models.casework import Application as Application
from dispatch.models.casework import ContactLog as ContactLog
from dispatch.models.casework import Reply as Reply
from dispatch.models.catalogue import CatalogueEdition as CatalogueEdition
from dispatch.models.catalogue import Rule as Rule
from dispatch.models.cells import CellWorker as CellWorker
from dispatch.models.handovers import HandOver as HandOver
from dispatch.models.positions import LastPosition as LastPosition
from dispatch.models.rota import DutyChange as DutyChange
from dispatch.models.rota import RotaPlace as RotaPlace
from dispatch.models.rota import ShiftPattern as ShiftPattern
from dispatch.models.work import Assignment as Assignment
from dispatch.models.work import Shift as Shift
from dispatch.models.work import Worker as Worker
from dispatch.models.work import WorkerQuerySet as WorkerQuerySet
from dispatch.models.work import WorkOrder as WorkOrder
