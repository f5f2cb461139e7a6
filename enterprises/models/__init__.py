"""The glossary of the business line: firms and managers, requests, policies, credit, law."""

from enterprises.models.changes import ManagerChange as ManagerChange
from enterprises.models.financing import Collateral as Collateral
from enterprises.models.financing import FinancingStep as FinancingStep
from enterprises.models.financing import Need as Need
from enterprises.models.financing import Offer as Offer
from enterprises.models.financing import Purpose as Purpose
from enterprises.models.firms import Firm as Firm
from enterprises.models.firms import FirmQuerySet as FirmQuerySet
from enterprises.models.firms import Representative as Representative
from enterprises.models.firms import Sector as Sector
from enterprises.models.firms import ServiceManager as ServiceManager
from enterprises.models.firms import Size as Size
from enterprises.models.legal import Advice as Advice
from enterprises.models.legal import Adviser as Adviser
from enterprises.models.legal import Document as Document
from enterprises.models.legal import Speciality as Speciality
from enterprises.models.policies import Policy as Policy
from enterprises.models.policies import PolicyNotice as PolicyNotice
from enterprises.models.requests import FirmRequest as FirmRequest
from enterprises.models.requests import RequestMessage as RequestMessage
from enterprises.models.requests import Topic as Topic
from enterprises.models.requests import Usefulness as Usefulness
from enterprises.models.requests import Visit as Visit
